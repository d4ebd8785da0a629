import { ref } from 'vue'

import { explain, type Field, type FormError } from '../model/authErrors'

/** The rule itself is the user pool's (PasswordPolicy in deploy/template.yaml). */
export const PASSWORD_HINT = 'At least 12 characters, with a small letter, a capital and a number.'

/** State of a form: who is at fault when it was refused, and whether it is on its way. */
export function useForm() {
  const busy = ref(false)
  const problem = ref<FormError>()

  const under = (field: Field) => (problem.value?.field === field ? problem.value.text : '')

  /** Runs `action` unless a value is missing; a refusal is shown where it belongs. */
  async function submit(needed: Partial<Record<Field, string>>, action: () => Promise<unknown>): Promise<void> {
    if (busy.value) return
    problem.value = missing(needed)
    if (problem.value) return
    busy.value = true
    try {
      await action()
    } catch (error) {
      problem.value = explain(error)
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, under, submit }
}

const ASK: Record<Field, string> = {
  email: 'Enter your email address.',
  name: 'Enter the name that others will see.',
  password: 'Enter a password.',
  code: 'Enter the six digits from the message.',
}

function missing(values: Partial<Record<Field, string>>): FormError | undefined {
  for (const [field, value] of Object.entries(values) as [Field, string][]) {
    if (value.trim() === '') return { field, text: ASK[field] }
    if (field === 'email' && !/^\S+@\S+$/u.test(value.trim())) {
      return { field, text: 'This is not an email address.' }
    }
  }
  return undefined
}

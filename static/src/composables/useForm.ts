import { ref } from 'vue'

import { w } from '../i18n'
import { explain, type Field, type FormError } from '../model/authErrors'

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
      problem.value = explain(error, w.auth.errors)
    } finally {
      busy.value = false
    }
  }

  return { busy, problem, under, submit }
}

function missing(values: Partial<Record<Field, string>>): FormError | undefined {
  for (const [field, value] of Object.entries(values) as [Field, string][]) {
    if (value.trim() === '') return { field, text: w.auth.ask[field] }
    if (field === 'email' && !/^\S+@\S+$/u.test(value.trim())) {
      return { field, text: w.auth.errors.notEmail }
    }
  }
  return undefined
}

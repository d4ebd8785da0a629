import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { startWorker } from './app/worker'
import { router } from './router'
import { usePrefs } from './stores/prefs'
import { useSite } from './stores/site'
import './styles/tokens.css'
import './styles/base.css'

const app = createApp(App).use(createPinia())
// Fetched beside the first paint; whoever needs it asks again and shows what went wrong.
useSite().load().catch(() => undefined)
// A language that cannot be had now must not keep the page away.
await usePrefs().apply().catch((error: unknown) => console.warn('labchat: the language could not be loaded:', error))
app.use(router).mount('#app')
startWorker()

import { createPinia } from 'pinia'
import { createApp } from 'vue'

import App from './App.vue'
import { router } from './router'
import { useSite } from './stores/site'
import './styles/tokens.css'
import './styles/base.css'

const app = createApp(App).use(createPinia()).use(router)
// Fetched beside the first paint; whoever needs it asks again and shows what went wrong.
useSite().load().catch(() => undefined)
app.mount('#app')

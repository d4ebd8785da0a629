import { defineAsyncComponent } from 'vue'

/** With its table of emoji only when somebody opens it. */
export default defineAsyncComponent(() => import('./EmojiPanel.vue'))

import { createRouter, createWebHistory } from 'vue-router'

import ChatPage from './pages/ChatPage.vue'
import { useSession } from './stores/session'

// The service worker answers these addresses with the page (`pages` in vite.config.ts), and no other.
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: ChatPage, meta: { member: true } },
    { path: '/r/:rid/:id?', name: 'room', component: ChatPage, props: true, meta: { member: true } },
    { path: '/admin', name: 'admin', component: () => import('./pages/AdminPage.vue'), meta: { member: true } },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue') },
    { path: '/sign-in/more', name: 'sign-in-more', component: () => import('./pages/SignInMorePage.vue') },
    { path: '/sign-up', name: 'sign-up', component: () => import('./pages/SignUpPage.vue') },
    { path: '/confirm', name: 'confirm', component: () => import('./pages/ConfirmPage.vue') },
    { path: '/reset', name: 'reset', component: () => import('./pages/ResetPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

/** Where somebody wanted to go before signing in. */
const WANTED = 'labchat.wanted'

router.beforeEach((to) => {
  if (to.meta['member'] && useSession().account === undefined) {
    if (to.path !== '/') sessionStorage.setItem(WANTED, to.fullPath)
    return { name: 'sign-in' }
  }
  const wanted = sessionStorage.getItem(WANTED)
  if (wanted !== null && to.meta['member']) {
    sessionStorage.removeItem(WANTED)
    return wanted
  }
  return true
})

import { createRouter, createWebHistory } from 'vue-router'

import ChatPage from './pages/ChatPage.vue'
import { useSession } from './stores/session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/', name: 'home', component: ChatPage, meta: { member: true } },
    { path: '/r/:rid', name: 'room', component: ChatPage, props: true, meta: { member: true } },
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue') },
    { path: '/sign-up', name: 'sign-up', component: () => import('./pages/SignUpPage.vue') },
    { path: '/confirm', name: 'confirm', component: () => import('./pages/ConfirmPage.vue') },
    { path: '/reset', name: 'reset', component: () => import('./pages/ResetPage.vue') },
    { path: '/:rest(.*)*', redirect: '/' },
  ],
})

router.beforeEach((to) => {
  if (to.meta['member'] && useSession().account === undefined) return { name: 'sign-in' }
  return true
})

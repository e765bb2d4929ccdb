import type { Route } from '../routes.ts'

const signIn = () => import('./SignIn.svelte')
const register = () => import('./Register.svelte')
const newPassword = () => import('./NewPassword.svelte')
const bare = { for: 'everybody', isBare: true } as const

/** What comes before the desk. The paths with a token are those of mails. */
export const sessionRoutes: Route[] = [
  { path: '/signin', ...bare, screen: signIn },
  { path: '/auth/signin', ...bare, screen: signIn },
  { path: '/auth/signup', ...bare, screen: register },
  { path: '/register', ...bare, screen: register },
  { path: '/auth/signout', ...bare, screen: () => import('./SignOut.svelte') },
  { path: '/password/forgot', ...bare, screen: () => import('./ForgotPassword.svelte') },
  { path: '/password/reset', ...bare, screen: newPassword },
  { path: '/invitation', ...bare, screen: newPassword },
  { path: '/email/confirm', ...bare, screen: () => import('./ConfirmEmail.svelte') },
  { path: '/registration/confirm', ...bare, screen: () => import('./FinishRegistration.svelte') },
]

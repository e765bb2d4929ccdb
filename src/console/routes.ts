import type { Component } from 'svelte'
import { accountRoutes } from './account/account.routes.ts'
import { adminRoutes } from './admin/admin.routes.ts'
import { catalogueRoutes } from './catalogue/catalogue.routes.ts'
import { deskRoutes } from './desk/desk.routes.ts'
import { matchPath } from './lib/match-path.ts'
import type { Role } from './lib/session.svelte.ts'
import { platformRoutes } from './platform/platform.routes.ts'
import { portalRoutes } from './portal/portal.routes.ts'
import { sessionRoutes } from './session/session.routes.ts'
import { webhookRoutes } from './webhooks/webhooks.routes.ts'

/** A screen. Two screens may have one path for different roles. */
export interface Route {
  /** Such as `/tickets/:ticketId`. The screen gets the parameters as props. */
  path: string
  /** Who may open it: people of these roles, or everybody, signed in or not. */
  for: readonly Role[] | 'everybody'
  // biome-ignore lint/suspicious/noExplicitAny: the props of a screen are the parameters of its own path
  screen: () => Promise<{ default: Component<any> }>
  /** Without the navigation, such as the sign-in. */
  isBare?: boolean
  /** In the desk: the navigation is a rail, because the screen has panes of its own. */
  hasPanes?: boolean
}

/**
 * All screens.
 * @internal Exported for its test.
 */
export const routes: Route[] = [
  ...sessionRoutes,
  ...accountRoutes,
  ...portalRoutes,
  ...deskRoutes,
  ...adminRoutes,
  ...webhookRoutes,
  ...catalogueRoutes,
  ...platformRoutes,
]

/** A screen with the parameters of its path. */
export interface Place {
  route: Route
  params: Record<string, string>
}

/**
 * The screen of a path for a role; null when there is none for this role. `needsSignIn`: nobody is signed in, and the
 * path has a screen for those who are.
 */
export const findPlace = (path: string, role: Role | null): { place: Place | null; needsSignIn: boolean } => {
  let needsSignIn = false
  for (const route of routes) {
    const params = matchPath(route.path, path)
    if (params === null) continue
    if (route.for === 'everybody' || (role !== null && route.for.includes(role))) {
      return { place: { route, params }, needsSignIn: false }
    }
    needsSignIn ||= role === null
  }
  return { place: null, needsSignIn }
}

import type { Route } from '../routes.ts'

export const portalRoutes: Route[] = []

import type { Route } from '../routes.ts'

export const adminRoutes: Route[] = []

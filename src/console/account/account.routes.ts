import type { Route } from '../routes.ts'

export const accountRoutes: Route[] = []

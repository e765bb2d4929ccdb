import type { Module } from '../../../platform/module.ts'
import { apiTokenRoutes } from './api-tokens.routes.ts'
import { deleteUselessTokens } from './api-tokens.service.ts'
import { serviceAccountRoutes } from './service-accounts.routes.ts'
import { tokenAuthenticator } from './token-authentication.service.ts'

export const apiTokens: Module = {
  name: 'identity/api-tokens',
  tenantTables: ['api_tokens', 'service_accounts'],
  routes: [...apiTokenRoutes, ...serviceAccountRoutes],
  authenticators: [tokenAuthenticator],
  cleanUps: [{ name: 'api_tokens', batch: 5_000, step: deleteUselessTokens }],
}

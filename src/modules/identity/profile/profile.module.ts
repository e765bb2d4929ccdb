import type { Module } from '../../../platform/module.ts'
import { addressRoutes } from './address.routes.ts'

export const profile: Module = { name: 'identity/profile', routes: addressRoutes }

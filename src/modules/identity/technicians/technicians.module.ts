import type { Module } from '../../../platform/module.ts'
import { warnOfLetterCase } from './letter-case.service.ts'
import { technicianRoutes } from './technicians.routes.ts'

export const technicians: Module = {
  name: 'identity/technicians',
  routes: technicianRoutes,
  prepare: warnOfLetterCase,
}

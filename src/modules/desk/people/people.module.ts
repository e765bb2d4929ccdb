import type { Module } from '../../../platform/module.ts'
import { peopleRoutes } from './people.routes.ts'

export const people: Module = { name: 'desk/people', routes: peopleRoutes }

import type { Module } from '../../../platform/module.ts'
import { choicesRoutes } from './choices.routes.ts'

/** Channels import its steps. */
export const recipients: Module = { name: 'channels/recipients', routes: choicesRoutes }

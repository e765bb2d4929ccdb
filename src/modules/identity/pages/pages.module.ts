import type { Module } from '../../../platform/module.ts'
import { confirmationPages } from './confirmation-pages.routes.ts'
import { consoleAddresses } from './console-addresses.routes.ts'
import { passwordPages } from './password-pages.routes.ts'

export const pages: Module = {
  name: 'identity/pages',
  pages: [...passwordPages, ...confirmationPages, ...consoleAddresses],
}

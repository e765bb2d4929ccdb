import type { Module } from '../../../platform/module.ts'
import { confirmationPages } from './confirmation-pages.routes.ts'
import { consoleAddresses } from './console-addresses.routes.ts'
import { mailedLinkRoutes } from './mailed-links.routes.ts'
import { passwordPages } from './password-pages.routes.ts'
import { registrationPages } from './registration-pages.routes.ts'

export const pages: Module = {
  name: 'identity/pages',
  routes: mailedLinkRoutes,
  pages: [...passwordPages, ...confirmationPages, ...registrationPages, ...consoleAddresses],
}

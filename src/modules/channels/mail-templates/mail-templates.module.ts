import type { Module } from '../../../platform/module.ts'
import { mailTemplateRoutes } from './mail-templates.routes.ts'

export const mailTemplates: Module = {
  name: 'channels/mail-templates',
  tenantTables: ['mail_templates'],
  routes: mailTemplateRoutes,
}

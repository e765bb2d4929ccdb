import { apiTexts } from './contract/api-texts.ts'
import { rolesThatMay } from './contract/capabilities.ts'
import { glossary } from './contract/glossary.ts'
import { endpoints } from './modules.ts'
import { createOpenApiDocument } from './platform/http/openapi.ts'
import { version } from './platform/version.ts'

/** The OpenAPI document of this program for clients that reach it at `publicUrl`. */
export const openApiDocument = (publicUrl: string): Record<string, unknown> =>
  createOpenApiDocument(
    endpoints,
    {
      ...apiTexts,
      version,
      serverUrl: `${publicUrl}/api`,
      contact: { name: 'The people who run this desk', url: publicUrl },
      glossary,
    },
    rolesThatMay,
  )

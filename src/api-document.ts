import { apiTexts } from './contract/api-texts.ts'
import { rolesThatMay } from './contract/capabilities.ts'
import { glossary } from './contract/glossary.ts'
import { webhookTexts } from './contract/webhook-texts.ts'
import { WebhookMessage, WebhookPing } from './modules/channels/webhooks/webhook-messages.schemas.ts'
import { defaultTenantSlug } from './modules/identity/tenants/tenants.schemas.ts'
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
      otherServers: [
        {
          url: `${publicUrl}/t/{tenant}/api`,
          description:
            'The same for one tenant, which need not be named then. A tenant may have a host of its own, too.',
          variables: { tenant: { default: defaultTenantSlug, description: 'The slug of the tenant.' } },
        },
      ],
      contact: { name: 'The people who run this desk', url: publicUrl },
      glossary,
      webhooks: {
        tag: 'Webhooks',
        message: WebhookMessage,
        texts: webhookTexts,
        test: {
          type: 'webhook.ping',
          message: WebhookPing,
          text: 'A test that somebody asked for. It is no event, and is sent once.',
          answer: 'The receiver has the test. After any other answer it is not sent again.',
        },
      },
    },
    rolesThatMay,
  )

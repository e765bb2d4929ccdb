import { readBytes } from '../../../platform/http/read-bytes.ts'
import { byteEndpoint, endpoint, ownByteEndpoint, publicEndpoint } from '../accounts/declare-endpoint.ts'
import { logoAtMost } from '../tenants/logo-bytes.ts'
import { findLogo, readLogo, removeLogo, setLogo } from '../tenants/tenant-logo.service.ts'
import { settingsOf } from '../tenants/tenant-settings.service.ts'
import { TenantLooks } from './tenant-looks.schemas.ts'

const tag = 'Settings'

export const tenantRoutes = [
  publicEndpoint({
    id: 'getTenantLooks',
    method: 'get',
    path: '/tenant',
    can: 'anyone',
    tag,
    summary: 'Read what a tenant looks like',
    description: 'For everybody, before the sign-in: name, languages, colour, logo, and how people register.',
    responds: { 200: TenantLooks },
    fails: ['tenant_not_found'],
    async handle({ app, tenantId }) {
      const id = await tenantId()
      const { name, languages, accent_colour, registration } = await settingsOf(app, id)
      return { name, languages, accent_colour, logo: (await findLogo(app, id))?.sha256 ?? null, registration }
    },
  }),
  byteEndpoint({
    id: 'getLogo',
    method: 'get',
    path: '/tenant/logo',
    can: 'anyone',
    tag,
    summary: 'Read the logo of a tenant',
    description: 'A PNG or a JPEG, for everybody, before the sign-in. Ask again with `If-None-Match`.',
    bytes: 'out',
    responds: { 200: null },
    fails: ['tenant_not_found', 'logo_not_found', 'storage_unavailable'],
    async handle({ app, tenantId }) {
      return readLogo(app, await tenantId())
    },
    answer: ({ sha256, contentType, content }) => ({
      status: 200,
      headers: {
        'Content-Security-Policy': "default-src 'none'; sandbox",
        'X-Content-Type-Options': 'nosniff',
        Vary: 'X-Tenant',
      },
      kept: { contentType, forms: [{ encoding: 'identity', etag: `"${sha256}"`, bytes: content }] },
    }),
  }),
  ownByteEndpoint({
    id: 'setLogo',
    method: 'put',
    path: '/settings/logo',
    can: 'settings:update',
    needsSession: true,
    tag,
    summary: 'Set the logo of the tenant',
    description:
      `The body is the file: a PNG or a JPEG of at most ${logoAtMost.bytes} bytes, at most ${logoAtMost.pixels} pixels wide ` +
      'and high. Its bytes decide what it is; an SVG is refused. Everybody can read it, at `GET /tenant/logo`.',
    bytes: 'in',
    responds: { 204: null },
    fails: ['file_too_large', 'file_type_not_allowed', 'storage_unavailable'],
    async handle(call) {
      await setLogo(call.app, call, await readBytes(call.incoming, logoAtMost.bytes))
    },
  }),
  endpoint({
    id: 'removeLogo',
    method: 'delete',
    path: '/settings/logo',
    can: 'settings:update',
    needsSession: true,
    tag,
    summary: 'Remove the logo of the tenant',
    responds: { 204: null },
    handle: ({ app, ...act }) => removeLogo(app, act),
  }),
]

import type { Json } from './openapi-schemas.ts'

const headerParameter = (name: string, description: string, required: boolean, schema: Json = {}): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string', ...schema },
})

const version = 'The version that the change is meant for: the `ETag` of an answer, such as `"3"`, or `*` for any.'

/** Header parameters that many operations take. */
export const sharedParameters = {
  IdempotencyKey: headerParameter(
    'Idempotency-Key',
    'Makes a repeat safe: the same key and body get the first answer again, for 24 hours. 1 to 255 printable ASCII ' +
      'characters, with or without quotes around them.',
    false,
    // Quoted; or not, beginning with no quote; or not, ending with none.
    { pattern: '^(?:"[!-~](?:[ -~]{0,253}[!-~])?"|[!#-~](?:[ -~]{0,253}[!-~])?|"(?:[ -~]{0,253}[!#-~])?)$' },
  ),
  IfMatch: headerParameter('If-Match', version, true),
  IfMatchOptional: headerParameter('If-Match', version, false),
  Tenant: headerParameter('X-Tenant', 'The slug of the tenant; `default` when left out.', false),
}

/** Headers that many answers carry. */
export const sharedHeaders = {
  'X-Request-Id': {
    description: "The id of the request: the caller's own `X-Request-Id` if it is a sane one.",
    required: true,
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: 'The answer is the first one to this Idempotency-Key, again.',
    schema: { type: 'string', const: 'true' },
  },
  RateLimit: {
    description: 'What is left of the limits, by their name: `r` requests for the next `t` seconds (IETF draft).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The limits, by their name: `q` requests in `w` seconds (IETF draft).',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds to wait.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
}

import type { Json } from './openapi-schemas.ts'

const headerParameter = (name: string, description: string, required: boolean, schema: Json = {}): Json => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string', ...schema },
})

const version =
  'The version that the change is meant for: the `ETag` of an answer, such as `"3"`, or `*` for any version.'

/** Header parameters that many operations take. */
export const sharedParameters = {
  IdempotencyKey: headerParameter(
    'Idempotency-Key',
    'Makes a repeat safe: for 24 hours the same key and body get the first answer again. 1 to 255 printable ASCII ' +
      'characters, with or without quotes around them.',
    false,
    // Three forms: with quotes, without a quote at the start, without a quote at the end.
    { pattern: '^(?:"[!-~](?:[ -~]{0,253}[!-~])?"|[!#-~](?:[ -~]{0,253}[!-~])?|"(?:[ -~]{0,253}[!#-~])?)$' },
  ),
  IfMatch: headerParameter('If-Match', version, true),
  IfMatchOptional: headerParameter('If-Match', version, false),
  Tenant: headerParameter('X-Tenant', 'The slug of the tenant; `default` when left out.', false),
}

/** Headers that many answers carry. */
export const sharedHeaders = {
  'X-Request-Id': {
    description:
      'The id of the request: the `X-Request-Id` that the caller sent, if it is 1 to 128 plain characters, else a new one.',
    required: true,
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: 'The answer is a repeat of the first answer to this Idempotency-Key.',
    schema: { type: 'string', const: 'true' },
  },
  RateLimit: {
    description: 'What is left of each limit: `r` requests for the next `t` seconds (IETF draft).',
    schema: { type: 'string' },
  },
  'RateLimit-Policy': {
    description: 'The limits: `q` requests in `w` seconds (IETF draft).',
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'How many seconds to wait.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
}

import { Router } from 'express'
import type { App } from '../app-context.ts'
import { AppError } from '../errors.ts'
import { isEqual, sha256 } from '../secrets.ts'

/** `/metrics` for Prometheus. When `METRICS_TOKEN` is set, the caller must send it as a bearer token. */
export const metricsPage = (app: App): Router => {
  const { METRICS_TOKEN: token } = app.config
  return Router().get('/metrics', async (req, res) => {
    const given = (req.get('authorization') ?? '').replace(/^Bearer /i, '')
    if (token !== undefined && !isEqual(sha256(given), sha256(token))) throw new AppError('not_signed_in')
    res.type(app.metrics.registry.contentType).send(await app.metrics.read())
  })
}

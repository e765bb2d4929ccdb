import type { Config } from '../platform/config.ts'
import { describeDatabase } from '../platform/db/database-address.ts'
import { type ConsoleState, stateOfConsole } from '../platform/http/console.ts'
import { isHttps } from '../platform/http/https.ts'
import { localUrl } from '../platform/http/local-url.ts'
import { version } from '../platform/version.ts'

/** Which database the settings name. */
export const databaseOf = ({ DATABASE_URL, DATA_DIR }: Config, url: string): string =>
  DATABASE_URL === undefined ? `embedded PostgreSQL in ${DATA_DIR}/postgres` : describeDatabase(url)

const mailsOf = ({ SMTP_URL }: Config): string =>
  SMTP_URL === undefined
    ? 'only captured: SMTP_URL is not set, so nobody is mailed'
    : `go out through ${new URL(SMTP_URL).host}`

const metricsOf = ({ METRICS_TOKEN }: Config): string =>
  METRICS_TOKEN === undefined
    ? '/metrics answers callers on this machine only, because METRICS_TOKEN is not set'
    : '/metrics answers callers with METRICS_TOKEN'

const filesOf = ({ S3_ENDPOINT, S3_BUCKET, DATA_DIR }: Config): string =>
  S3_ENDPOINT === undefined
    ? `in ${DATA_DIR}/attachments`
    : `in the bucket ${S3_BUCKET} at ${new URL(S3_ENDPOINT).host}`

/** Where people open the console. Its address is that of the links in mails, unless the port is any free one. */
const consoleOf = (config: Config, port: number, state: ConsoleState): string => {
  const address = config.PORT === 0 ? localUrl(config, port) : config.PUBLIC_URL
  return {
    served: `at ${address}: open it in a browser and sign in`,
    'not built': `not built: run "npm run build:console" and start again to have it at ${address}`,
    off: 'off, because CONSOLE is false; the small pages that mails link to are served',
  }[state]
}

/** What this program is, by the names of the parts, without a secret. `port` is where it listens; null for a worker. */
export const reportOf = (
  config: Config,
  url: string,
  port: number | null,
  state = stateOfConsole(config),
): Record<string, string> => {
  const { NODE_ENV, COUNTERDESK_PROCESSES: processes, HOST, PUBLIC_URL } = config
  const report: Record<string, string> = { version: `${version}, ${NODE_ENV}, Node ${process.versions.node}` }
  if (port !== null) {
    report.listens = `on ${HOST}, port ${port}${processes > 1 ? `, in ${processes} processes` : ''}`
    report.console = consoleOf(config, port, state)
    report.metrics = metricsOf(config)
  } else if (config.WORKER_PORT !== undefined) {
    report.listens = `on ${HOST}, port ${config.WORKER_PORT}, for those who watch it`
    report.metrics = metricsOf(config)
  }
  report.database = databaseOf(config, url)
  report.files = filesOf(config)
  report.mails = mailsOf(config)
  if (config.NATS_URL !== undefined && config.COUNTERDESK_ROLE !== 'web')
    report.relay = `hands every event on to the stream ${config.NATS_STREAM} at ${new URL(config.NATS_URL).host}`
  report.links = `in mails lead to ${PUBLIC_URL}`
  return report
}

/** What is odd about the settings of a program that serves, for the log. */
export const warningsOf = (config: Config): string[] => {
  const { NODE_ENV, COUNTERDESK_ROLE, TRUST_PROXY, CONSOLE } = config
  if (NODE_ENV !== 'production' || COUNTERDESK_ROLE === 'worker') return []
  return [
    TRUST_PROXY === false &&
      'all clients behind a proxy count as one address, because TRUST_PROXY is not set; see docs/operations.md',
    CONSOLE &&
      !isHttps(config) &&
      'nobody can sign in to the console, because browsers keep its cookie over https only and PUBLIC_URL is http',
  ].filter((line) => line !== false)
}

/** The line that says that the program is ready, with an address that it really serves. */
export const readyLine = (config: Config, port: number | null): string => {
  if (port === null) return 'Counterdesk worker is ready.'
  const url = localUrl(config, port)
  return `Counterdesk is ready: ${url} (API document: ${url}/api/docs)`
}

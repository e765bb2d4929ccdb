import { config as loadEnvironment } from 'dotenv'
import { type Config, ConfigError, readConfig } from './platform/config.ts'
import { findListenFault } from './platform/http/server.ts'
import { createProgramLog } from './platform/log.ts'
import { findForeignSettings, nameForeignSettings } from './start/foreign-settings-report.ts'
import { createLifecycle, fail } from './start/lifecycle.ts'
import { createOperator, type Operator } from './start/operator.ts'
import { open, type Running, stop } from './start/program.ts'

/**
 * npm repeats the Ctrl-C that the terminal has already sent to this process. The same signal within this time is taken
 * for that echo, not for a second Ctrl-C.
 */
const echoMs = 500

const readSettings = (operator: Operator): Config => {
  try {
    return readConfig(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const foreign = findForeignSettings(process.env).map(
      ({ names, advice }) => `${names.join(', ')}: not read; ${advice}`,
    )
    return fail(operator, 'These settings are wrong:', ...[...error.lines, ...foreign].map((line) => `  ${line}`))
  }
}

/** The program takes no options. A person who types some should learn where they belong. */
const refuseOptions = (): void => {
  const [typed] = process.argv.slice(2)
  if (typed === undefined) return
  const how = 'Usage: npm start. Settings are environment variables, such as PORT=8080; docs/operations.md lists them.'
  if (typed !== '--help' && typed !== '-h') {
    process.stderr.write(`The program takes no options: ${typed}\n${how}\n`)
    process.exit(2)
  }
  process.stdout.write(`${how}\n`)
  process.exit(0)
}

const main = async (): Promise<void> => {
  refuseOptions()
  loadEnvironment({ quiet: true })
  const operator = createOperator(process.env.NODE_ENV === 'production')
  const config = readSettings(operator)
  const name = config.COUNTERDESK_ROLE === 'worker' ? 'WORKER_PORT' : 'PORT'
  const port = config[name]
  const fault = port === undefined ? null : await findListenFault(config.HOST, port)
  if (fault?.code === 'EADDRINUSE') fail(operator, `Port ${port} is in use: set ${name} to a free one.`)
  if (fault) fail(operator, `The program cannot listen on HOST and ${name}: ${fault.message}`)
  const log = createProgramLog(config)
  nameForeignSettings(log, process.env)
  const running: Running = {}
  const { start, end, stopping } = createLifecycle(log, operator, () => stop(running))

  let first: { signal: NodeJS.Signals; at: number } | undefined
  const onSignal = (signal: NodeJS.Signals): void => {
    const isEcho = first?.signal === signal && performance.now() - first.at < echoMs
    if (isEcho) return
    if (stopping()) process.exit(1)
    first = { signal, at: performance.now() }
    log.info({ signal }, 'stopping')
    void end(0)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  await start(() => open(running, { config, log, operator, stopping }))
}

await main()

import { config as loadEnvironment } from 'dotenv'
import { type Config, ConfigError, readConfig } from './platform/config.ts'
import { findListenFault } from './platform/http/server.ts'
import { createLog } from './platform/log.ts'
import { createLifecycle, fail } from './start/lifecycle.ts'
import { open, type Running, stop } from './start/program.ts'

/**
 * npm repeats the Ctrl-C that the terminal has already sent to this process. The same signal within this time is taken
 * for that echo, not for a second Ctrl-C.
 */
const echoMs = 500

const readSettings = (): Config => {
  loadEnvironment({ quiet: true })
  try {
    return readConfig(process.env)
  } catch (error) {
    if (error instanceof ConfigError)
      return fail('These settings are wrong:', ...error.lines.map((line) => `  ${line}`))
    throw error
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
  const config = readSettings()
  const fault = config.COUNTERDESK_ROLE === 'worker' ? null : await findListenFault(config.HOST, config.PORT)
  if (fault?.code === 'EADDRINUSE') fail(`Port ${config.PORT} is in use: set PORT to a free one.`)
  if (fault) fail(`The program cannot listen on HOST and PORT: ${fault.message}`)
  const log = createLog(config.LOG_LEVEL)
  const running: Running = {}
  const { start, end, stopping } = createLifecycle(log, () => stop(running))

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

  await start(() => open(running, config, log, stopping))
}

await main()

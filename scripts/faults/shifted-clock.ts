// A program loads this file before its own (`--import`). Its clock is then wrong by as many minutes as FAULTS_CLOCK
// says, which is a list: each SIGUSR2 takes the next number. Timers and `performance.now()` do not change, as when the
// clock of a machine is set. The database, which would be another machine, keeps the true time.
const shiftsMs = (process.env.FAULTS_CLOCK ?? '').split(',').map((minutes) => Number(minutes) * 60_000)
const trueNow = Date.now
let turn = 0

Date.now = () => trueNow() + (shiftsMs[turn % shiftsMs.length] ?? 0)
globalThis.Date = new Proxy(Date, {
  construct: (target, parts, newTarget) =>
    Reflect.construct(target, parts.length > 0 ? parts : [Date.now()], newTarget),
  apply: () => new Date().toString(),
})
process.on('SIGUSR2', () => {
  turn += 1
})

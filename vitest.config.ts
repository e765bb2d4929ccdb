import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts'],
    // `npm run test:upgrade` and `npm run test:console` have settings of their own.
    exclude: ['scripts/upgrade/**', 'src/console/stories/**', '**/node_modules/**'],
    globalSetup: ['src/testing/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // CI gives a test one second chance, and the report names it: the machine has two cores and other work.
    retry: Number(process.env.TEST_RETRIES ?? 0),
    // Modules are loaded once for each of the two processes: a third of the time it takes once for each file. So a test
    // file puts back what it changes beyond itself, and closes what it opened.
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    // For a test of streams with the EventSource of browsers.
    execArgv: ['--experimental-eventsource', '--disable-warning=ExperimentalWarning'],
    // `npm run test:coverage` writes its pages to coverage/. It does not see what runs in processes of its own.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/testing/**', '**/*.test.ts'],
      reporter: ['text-summary', 'html'],
    },
  },
})

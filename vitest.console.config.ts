import { defineConfig } from 'vitest/config'

// `npm run test:console`: the stories of the console, in Chromium, against the real program. They are no part of
// `npm test`, because they need a browser and take minutes. CI runs them.
export default defineConfig({
  test: {
    include: ['src/console/stories/**/*.test.ts'],
    globalSetup: ['src/testing/support/global-setup.ts', 'src/console/stories/build-console.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    // `.ci/run` gives a story a second chance on a machine that it shares, and names each that took it.
    retry: Number(process.env.STORY_RETRIES ?? 0),
    // One Chromium and one desk for each of the two processes.
    pool: 'forks',
    maxWorkers: 2,
    isolate: false,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
})

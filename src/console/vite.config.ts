import { readFileSync } from 'node:fs'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { precompress } from './precompress.ts'

/** Puts the symbols of `ui/icons.svg` into the page, where `<use href="#i-…">` finds them without a request. */
const icons = (): Plugin => ({
  name: 'icons',
  transformIndexHtml: (html) =>
    html.replace('<!--icons-->', readFileSync(new URL('ui/icons.svg', import.meta.url), 'utf8').replace(/\n\s*/g, '')),
})

/** Where `npm run dev:console` finds the program. */
const program = process.env.COUNTERDESK_URL ?? 'http://localhost:5000'

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte(), icons(), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The program says in its own words when a chunk is too large: `budget.test.ts`.
    chunkSizeWarningLimit: 2_000,
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': program } },
})

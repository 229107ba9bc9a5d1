import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// What comes out is served under /app by the names it has here (tools/embed.py), so a name must change with its bytes.
export default defineConfig({
  plugins: [react()],
  base: '/',
  build: {
    outDir: 'dist', // tools/build_page names another
    emptyOutDir: true,
    assetsDir: 'app',
    assetsInlineLimit: 0, // the Content-Security-Policy allows no data: but for pictures
    modulePreload: { polyfill: false },
    target: 'es2022',
    rollupOptions: {
      output: {
        hashCharacters: 'hex',
        entryFileNames: 'app/[name]-[hash:16].js',
        chunkFileNames: ({ name }) => `app/${name.toLowerCase()}-[hash:16].js`, // names of assets are small letters
        assetFileNames: ({ names }) => `app/${(names[0] ?? 'file').replace(/\.[^.]*$/, '').toLowerCase()}-[hash:16][extname]`,
      },
    },
  },
  server: { proxy: { '/graphql': { target: process.env.TRIMODAL_URL ?? 'http://127.0.0.1:8000', ws: true }, '/api': process.env.TRIMODAL_URL ?? 'http://127.0.0.1:8000' } },
});

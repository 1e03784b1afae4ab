import path from 'node:path'
export default { root: path.resolve(__dirname, 'client'), build: { outDir: '../dist/public' } }

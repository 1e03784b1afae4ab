export default {
  build: {
    // outDir: 'no',
    outDir: './build/web',
  },
}

export default {
  output: "standalone",
}

/** @type {import('next').NextConfig} */
const nextConfig = {
  // output: 'standalone',
  output: 'export',
}
export default nextConfig

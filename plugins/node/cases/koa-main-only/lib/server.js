const Koa = require('koa')
const port = 8081
new Koa().listen(process.env.PORT ?? port)

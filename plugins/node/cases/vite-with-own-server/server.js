import express from 'express'
const app = express()
app.use(express.static('dist'))
app.get('/healthz', (req, res) => res.send('ok'))
app.listen(process.env.PORT || 8080)

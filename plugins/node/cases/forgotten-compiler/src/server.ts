import f from 'fastify'
f().listen({ port: Number(process.env.PORT) })

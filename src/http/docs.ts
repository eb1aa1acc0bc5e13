// Documentation to browse: one page at /docs with a selector of the faces, everything on it served from here.
import fastifySwagger from '@fastify/swagger'
import fastifySwaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import type { Face } from './face.ts'
import { describeFace } from './openapi.ts'

// The page needs inline styles and pictures; nothing may come from, or be sent to, another origin.
const CONTENT_SECURITY_POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'"

const LOGO = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text x="0" y="29" font-family="sans-serif" font-size="26" font-weight="700" fill="#fff">Florin</text></svg>',
)

/** Serves `/docs` and `/docs/<face>.json`. */
export async function registerDocs(app: FastifyInstance, faces: readonly Face[]): Promise<void> {
  for (const face of faces) {
    const document = JSON.stringify(describeFace(face))
    app.get(`/docs/${face.name}.json`, async (_request, reply) => reply.type('application/json').send(document))
  }
  const [first] = faces
  if (!first) return
  await app.register(async (scope) => {
    // The page's plugin asks for this one; the documents themselves are ours.
    await scope.register(fastifySwagger, { mode: 'static', specification: { document: describeFace(first) as never } })
    await scope.register(fastifySwaggerUi, {
      routePrefix: '/docs',
      staticCSP: CONTENT_SECURITY_POLICY,
      theme: { title: 'Florin APIs' },
      logo: { type: 'image/svg+xml', content: LOGO, href: '/docs' },
      uiConfig: {
        // `urls` of the page itself, which the plugin's types do not know.
        ...{ urls: faces.map(({ name, title }) => ({ url: `/docs/${name}.json`, name: title })) },
        docExpansion: 'list',
        persistAuthorization: false,
        tryItOutEnabled: true,
      },
    })
  })
}

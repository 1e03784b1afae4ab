ROOT_URLCONF = 'config.urls'
WSGI_APPLICATION = 'config.wsgi.application'
DEBUG = True
STATIC_ROOT = '/srv/static'
DATABASES = {'default': env.db('DATABASE_URL')}

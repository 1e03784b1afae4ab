from microblog import create_app

application = create_app()

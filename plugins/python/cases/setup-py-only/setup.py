from setuptools import setup
setup(
    name='x',
    install_requires=[
        'Flask>=2',
        'gunicorn',
    ],
)

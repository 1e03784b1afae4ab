from dash import Dash, html

app = Dash()
app.layout = html.Div('hi')

document.querySelector('p').addEventListener('click', () => alert('hi'))

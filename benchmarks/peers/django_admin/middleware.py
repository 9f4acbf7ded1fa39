"""What every side has: a content security policy, and the number of statements a request took."""

import secrets

from django.db import connection

from .. import COUNT_HEADER


def set_policy(get_response):
    """Answer with a policy of a fresh nonce."""

    def answer(request):
        response = get_response(request)
        nonce = secrets.token_urlsafe(18)
        response["Content-Security-Policy"] = f"default-src 'self'; script-src 'self' 'nonce-{nonce}'"
        return response

    return answer


def count_statements(get_response):
    """Answer with the number of statements."""

    def answer(request):
        count = 0

        def note(execute, sql, params, many, context):
            nonlocal count
            count += 1
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            response = get_response(request)
        response[COUNT_HEADER] = str(count)
        return response

    return answer

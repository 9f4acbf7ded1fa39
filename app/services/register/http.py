"""What a register behind HTTP has to do. Every province has an interface of its own, so only the shape is given here.

Write a class like this in a package of your own, install it beside the platform and name it in the environment:
`REGISTER=bureau_register.client:Register`. Settings that it needs it reads from the environment itself.

    class Register:
        def __init__(self, config):
            self.url, self.key = os.environ["REGISTER_URL"], os.environ["REGISTER_KEY"]

        def look_up(self, credit_code):
            try:
                answer = httpx.get(self.url, params={"uscc": credit_code}, headers={"X-Key": self.key}, timeout=5)
            except httpx.HTTPError as error:
                raise NotReachable(error) from error       # the person is told to fill in by hand, or try again
            if answer.status_code == 404:
                return None                                # the register does not know the code
            if answer.is_error:
                raise NotReachable(f"{answer.status_code} {answer.text[:200]}")
            found = answer.json()
            return Entry(credit_code, found["entName"], legal_representative=found["legalName"], …)

Always give a time limit: a person waits. The platform ends its transaction before it asks, checks the credit code's
form and check digit first, and limits how often one account may ask (`REGISTER_RATE_LIMIT`).
"""

"""What an SMS gateway has to do. Every carrier has its own HTTP interface, so only the shape is given here.

Write a class like this in a package of your own, install it beside the platform and name it in the environment:
`SMS_DELIVERY=bureau_sms.gateway:Gateway`. Settings that it needs it reads from the environment itself.

    class Gateway:
        def __init__(self, config):
            self.url = os.environ["SMS_URL"]

        @contextmanager
        def opened(self):
            with httpx.Client(timeout=10) as client:
                yield lambda parcel: self._post(client, parcel)

        def _post(self, client, parcel):
            answer = client.post(self.url, json={"phone": parcel.address, "text": parcel.body, "id": parcel.id})
            if answer.status_code == 400:
                raise NotDelivered(answer.text, for_good=True)   # e.g. no such number: not tried again
            if answer.is_error:
                raise NotDelivered(answer.text)                  # tried again later

`parcel.id` is the same each time: a gateway that knows it must not send the text again. Carriers mostly want texts
that match a registered template: keep the wordings of the kinds that go out by SMS in step with what is registered.
"""

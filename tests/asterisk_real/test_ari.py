"""A real Asterisk's ARI: long documents, and presses by MESSAGE from phones that Asterisk has authenticated."""

from asterisk import ARI_PASSWORD, DOMAIN, wait_until


def settings(office, texts="true"):
    (office.folder / "ari.password").write_text(ARI_PASSWORD + "\n")
    return (f'ari = "127.0.0.1:{office.asterisk.http_port}"\nari_user = "snomd"\nari_password_file = "ari.password"\n'
            f"texts = {texts}\n")


def opened(snomd, since=0):
    snomd.err.wait_for(lambda line: "connected to Asterisk's ARI" in line, "a line of the log", since=since, timeout=40)


def test_a_long_document_goes_in_one_message(office):
    snomd, phone = office.both(more=settings(office))
    opened(snomd)
    labels = {str(key): "x" * 900 + f" {key} \u00e4\u00f6\u00fc" for key in range(1, 13)}
    reply = snomd.api("snom_button 1000 " + " ".join(f"{key} light=on label='{label}'" for key, label in labels.items()))
    assert reply.startswith("+OK") and reply.endswith("[sent]"), reply[-200:]
    for key, label in labels.items():
        phone.wait_for("button", key=key, label=label)


def test_a_press_by_message(office):
    phone, other = office.phone("1000", "--press-type", "text"), office.phone("1001", "--press-type", "text")
    snomd = office.snomd(more=settings(office))
    opened(snomd)
    events = office.events(snomd)
    action = f"api+snom_bind_key 2 off DND 1000 {DOMAIN} office message notused"
    assert snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office message {action}").startswith("+OK")
    phone.wait_for("button", key="2", light="on")
    wait_until(lambda: "endpoint" in office.asterisk.cli("ari show app snomd-office").lower(), "the subscription")
    assert phone.get("/command.htm?key=P2").status == 200
    press = events.wait_for("press", key="2", accepted=True)
    assert press["address_of_record"] == f"1000@{DOMAIN}" and press["action"] == action
    phone.wait_for("button", key="2", light="off")
    # What is bound to one phone runs for nobody else.
    assert snomd.api(f"snom_bind_key 2 on Mine 1000 {DOMAIN} office message mine").startswith("+OK")
    assert snomd.api(f"snom_bind_key 3 on Its 1001 {DOMAIN} office message its").startswith("+OK")
    other.wait_for("button", key="3", light="on")
    mark = events.mark()
    assert snomd.api(f"snom_clear 1001@{DOMAIN} 3").startswith("+OK")
    assert events.wait_for("command", since=mark)["reply"].startswith("+OK")


def test_asterisk_takes_no_other_type_of_press(office):
    phone = office.phone("1000")  # x-buttons, as snomphone has it
    snomd = office.snomd(more=settings(office))
    opened(snomd)
    snomd.api(f"snom_bind_key 2 on DND 1000 {DOMAIN} office message x")
    phone.wait_for("button", key="2", light="on")
    phone.get("/command.htm?key=P2")
    assert phone.wait_for("press_answered", key="2")["status"] == 415


def test_ari_is_gone_and_comes_back(own_asterisk):
    office = own_asterisk()
    snomd, phone = office.both(more=settings(office))
    opened(snomd)
    mark = snomd.err.mark()
    office.asterisk.cli("module unload res_ari_events.so")
    office.asterisk.stop()
    snomd.err.wait_for(lambda line: "no connection to Asterisk's ARI" in line, "a line of the log", since=mark)
    office.asterisk.start()
    opened(snomd, since=mark)
    assert wait_until(lambda: snomd.api(f"snom_button 1000@{DOMAIN} 2 light=on label={'y' * 1000}").endswith("[sent]"),
                      "the phone to be there", timeout=40)
    phone.wait_for("button", key="2", label="y" * 1000)


def test_the_subscription_does_not_stay(office):
    snomd = office.snomd(more=settings(office), listed=False)
    opened(snomd)
    wait_until(lambda: "PJSIP" in office.asterisk.cli("ari show app snomd-office"), "the subscription")
    snomd.stop()
    office._closing.remove(snomd.stop)
    assert "PJSIP" not in office.asterisk.cli("ari show app snomd-office")

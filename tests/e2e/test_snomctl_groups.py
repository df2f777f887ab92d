"""snomctl group, job and health: what REST has, for the shell."""

import json
import subprocess

from programs import BIN, LIMIT, free_port, wait_until


def test_a_group_is_made_shown_commanded_and_forgotten(house):
    snomd, phone = house.house_of_phones("1000")
    assert snomd.snomctl("group", "list").stdout == "there is no group\n"
    made = snomd.snomctl("group", "set", "night", "1000", "1001@example.test")
    assert (made.returncode, made.stdout) == (
        0, "GROUP  CHANGED  MEMBERS\nnight  here     1000, 1001@example.test\n"), made
    assert snomd.snomctl("group", "show", "night").stdout == made.stdout
    assert json.loads(snomd.snomctl("group", "show", "night", "--json").stdout)["members"] == ["1000", "1001@example.test"]
    assert json.loads(snomd.snomctl("group", "list", "--json").stdout)["groups"][0]["name"] == "night"
    done = snomd.snomctl("group", "run", "night", "snom_button 2 light=on label=Night")
    assert done.returncode == 0, done
    assert [line[:3] for line in done.stdout.splitlines()] == ["+OK", "+OK"]
    assert phone.key("2")["label"] == "Night"
    done = snomd.snomctl("group", "run", "night", "snom_button 99 light=on")
    assert done.returncode == 1 and done.stdout.startswith("-ERR"), done
    assert snomd.snomctl("group", "delete", "night").stdout == "forgot 'night'\n"
    gone = snomd.snomctl("group", "show", "night")
    assert (gone.returncode, gone.stderr) == (1, f"snomctl: {snomd.server} answered 404: there is no group 'night'\n")


def test_what_is_refused_of_a_group_says_why(house):
    snomd = house.snomd(extra='[[group]]\nname = "sales"\nmembers = ["1000"]')
    listed = snomd.snomctl("group", "list").stdout
    assert listed == "GROUP  CHANGED        MEMBERS\nsales  in snomd.toml  1000\n"
    done = snomd.snomctl("group", "set", "sales", "1001")
    assert done.returncode == 1 and "stands in the configuration" in done.stderr
    done = snomd.snomctl("group", "run", "sales", "snom_phones")
    assert done.returncode == 1 and "expected a command for several phones" in done.stderr
    assert snomd.snomctl("group", "set", "a/b c", "1000").returncode == 1  # a name that is none, and not another path
    assert snomd.snomctl("group", "run", "sales").returncode == 3
    # Nor is ".." one, and not a way to another page.
    done = snomd.snomctl("group", "run", "..", "snom_button 2 light=on")
    assert done.returncode == 1 and "answered 404: there is no group '..'" in done.stderr, done


def test_a_layout_goes_on_in_snomd(house):
    snomd, phone = house.house_of_phones("1000")
    layout = house.folder / "desk.csv"
    layout.write_text("phone,key,light,label\n1000@example.test,2,on,Door\n1000@example.test,99,on,None\n1001@example.test,3,on,Away\n")
    applied = snomd.snomctl("apply", "--job", layout)
    rows = [line.split() for line in applied.stdout.splitlines()]
    # Both keys of 1000 are one message: it refused one of them, and so both.
    assert (applied.returncode, rows[1][:4], rows[2][:6], rows[3]) == (
        2, ["1000@example.test", "0", "0", "2"], ["1001@example.test", "0", "1", "0", "not", "registered"],
        ["all", "0", "1", "2"]), applied
    job = applied.stderr.split()[1].rstrip(":")
    assert applied.stderr == f"job {job}: it goes on if this ends (snomctl job follow {job})\n"
    followed = snomd.snomctl("job", "follow", job)
    assert (followed.returncode, followed.stdout) == (2, applied.stdout)
    assert snomd.snomctl("job", "show", job).stdout == applied.stdout
    layout.write_text("phone,key,light,label\n1000@example.test,2,on,Door\n")
    started = snomd.snomctl("apply", "--job", "--detach", layout)
    assert started.returncode == 0 and len(started.stdout.split()) == 1, started
    assert snomd.snomctl("job", "follow", started.stdout.strip()).returncode == 0
    assert phone.key("2")["label"] == "Door"
    again = snomd.snomctl("apply", "--job", layout)
    assert (again.returncode, again.stdout) == (0, "nothing to change: 1 key is as desk.csv says\n")
    listed = json.loads(snomd.snomctl("job", "list", "--json").stdout)["jobs"]
    assert [one["name"] for one in listed] == ["desk.csv"] * 3
    assert snomd.snomctl("job", "list").stdout.count("desk.csv") == 3
    assert "done" in snomd.snomctl("job", "cancel", job).stdout
    assert snomd.snomctl("job", "show", job).returncode == 1


def test_a_job_that_is_cancelled_says_so(house):
    snomd = house.snomd(extra="[limits]\nanswer_timeout_ms = 2000")
    house.phone(snomd, more=("--fault", "delay=20000"))
    layout = house.folder / "desk.csv"
    layout.write_text("phone,key,light\n1000@example.test,2,on\n1001@example.test,2,on\n")
    following = house.snomctl(snomd, "apply", "--job", "--parallel", "1", layout)
    job = following.err.wait_for(lambda line: line.startswith("job "), "the job's id").split()[1].rstrip(":")
    assert "cancelled" in snomd.snomctl("job", "cancel", job).stdout
    assert following.ended() == 2
    assert "snomctl: the job was cancelled" in following.log()


def test_a_layout_that_snomd_refuses_is_told_whole(house):
    snomd = house.snomd()
    layout = house.folder / "desk.csv"
    layout.write_text("phone,key,light\n1000@example.test,2,bright\n1000@example.test,3,dim\n")
    done = snomd.snomctl("apply", "--job", layout)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.count("desk.csv:") == 2 and done.stderr.endswith("snomctl: apply: nothing was applied\n"), done
    assert snomd.snomctl("apply", "--job", house.folder / "none.csv").returncode == 3
    assert snomd.snomctl("apply", "--detach", layout).returncode == 3
    assert snomd.snomctl("apply", "--job", "--dry-run", layout).returncode == 3


def test_health_is_an_exit_status(house):
    (house.folder / "token").write_text("0123456789abcdef\n")
    snomd = house.snomd(http='listen = "127.0.0.1:0"\ntoken_file = "token"')
    done = snomd.snomctl("health")  # needs no token
    assert (done.returncode, done.stdout) == (0, "ready\n")
    assert json.loads(snomd.snomctl("health", "--json").stdout) == {"status": "ready"}
    nowhere = subprocess.run([BIN / "snomctl", "--server", f"http://127.0.0.1:{free_port()}", "health"],
                             capture_output=True, text=True, timeout=LIMIT, check=False)
    assert nowhere.returncode == 2 and "cannot reach snomd" in nowhere.stderr


def test_watch_comes_back_and_says_what_was_lost(house):
    snomd = house.snomd(http=f'listen = "127.0.0.1:{free_port()}"', extra="[limits]\nevents_kept = 3")
    watch = house.snomctl(snomd, "watch", "--json", "--type", "command")

    def seen(word):
        snomd.api(f"snom_button 1000@example.test 2 label={word}")
        return any(word in line for line in watch.out.items())
    wait_until(lambda: seen("first"), "the first event")
    snomd.stop()
    watch.err.wait_for(lambda line: line.endswith(": trying again until it is there"), "word of the loss")
    snomd = house.keep(type(snomd)(snomd.config))
    snomd.api("snom_button 1000@example.test 2 label=meanwhile")
    watch.err.wait_for(lambda line: line == "snomctl: snomd is there again", "word of the return")
    gap = json.loads(watch.out.wait_for(lambda line: '"gap"' in line, "what was lost"))
    assert gap["why"] == "restarted" and "lost" in gap
    watch.out.wait_for(lambda line: "meanwhile" in line, "what happened meanwhile")
    assert watch.running()


def test_watch_does_not_wait_for_a_snomd_that_was_never_there():
    nowhere = subprocess.run([BIN / "snomctl", "--server", f"http://127.0.0.1:{free_port()}", "watch"],
                             capture_output=True, text=True, timeout=LIMIT, check=False)
    assert nowhere.returncode == 2 and nowhere.stderr.count("\n") == 1

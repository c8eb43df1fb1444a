"""A data set of the Hugging Face hub, or of the mirror that HF_ENDPOINT names: its Parquet files, on this disk."""

import os
import re
from pathlib import Path

import httpx2  # what huggingface_hub speaks HTTP with: its failures to connect are raised as they are
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, LocalEntryNotFoundError, RepositoryNotFoundError

from crowdselect.errors import UserError
from crowdselect.importers.folder import DATA

REPO = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")


def download(repo: str, into: Path, left_out: list[str] | None = None) -> list[Path]:
    """The Parquet files of data set `repo` (OWNER/NAME) below the folder `into`, in name order, as of one commit.

    The names of its other data files are added to `left_out`.

    A file whose line drops goes on where it stopped; files that are whole are not fetched again by a later run (one
    that was killed begins its file anew). A private or gated data set needs HF_TOKEN in the environment. UserError says
    what is missing.
    """
    if not REPO.fullmatch(repo):
        raise UserError(f"{repo!r} is no hub data set; write hf:OWNER/NAME, such as hf:Magpie-Align/Magpie-Zoo.")
    endpoint = os.environ.get("HF_ENDPOINT") or constants.ENDPOINT
    api = HfApi(endpoint=endpoint, library_name="crowdselect")
    try:
        info = api.dataset_info(repo, timeout=30)
        files = sorted(file.rfilename for file in info.siblings or [])
        names = [name for name in files if name.endswith(".parquet")]
        if left_out is not None:
            left_out += [name for name in files if name.endswith(DATA) and name not in names]
        if not names:
            raise UserError(f"The data set {repo} at {endpoint} holds no Parquet files; download and ingest its files.")
        return [
            Path(api.hf_hub_download(repo, name, repo_type="dataset", revision=info.sha, local_dir=into))
            for name in names
        ]
    except GatedRepoError:
        raise UserError(f"The data set {repo} is gated: accept its terms on its page and set HF_TOKEN.") from None
    except RepositoryNotFoundError:
        raise UserError(
            f"There is no data set {repo} at {endpoint}; check the name (if private, set HF_TOKEN)."
        ) from None
    except (httpx2.TransportError, LocalEntryNotFoundError, ConnectionError) as error:
        raise UserError(
            f"Cannot reach {endpoint} for {repo} ({_first_line(error)}); check the network or HF_ENDPOINT and repeat: "
            "whole files are kept."
        ) from None
    except HfHubHTTPError as error:
        raise UserError(f"The hub at {endpoint} refused {repo} ({_first_line(error)}); try again later.") from None
    except ValueError as error:  # such as a file name that leaves the folder
        raise UserError(f"The data set {repo} cannot be stored ({_first_line(error)}).") from None
    except OSError as error:
        raise UserError(f"Cannot store {repo} in {str(into)!r}: {error.strerror or _first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
